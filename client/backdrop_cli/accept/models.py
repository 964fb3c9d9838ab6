"""What the account knows of the models: names of quotas, inference profiles."""

from __future__ import annotations

from backdrop_cli.accept.check import Check
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.findings import Fault, NotTried

_PROFILES = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html"
_QUOTAS = "https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html"


def check_quota_names(trial: Trial) -> str:
    """Service Quotas names the models' requests a minute as the service reads it."""
    known = [one for one in trial.patient.models.models if one.account_requests_per_minute is not None]
    if known:
        told = ", ".join(f"{one.model_id} {one.account_requests_per_minute:g}" for one in known)
        return f"Requests a minute are read of {told}."
    quotas = trial.listed("service-quotas", "list_service_quotas", "Quotas", ServiceCode="bedrock")
    if not quotas:
        raise NotTried("Service Quotas lists no quota of Bedrock here.")
    likely = [one["QuotaName"] for one in quotas if "image" in one["QuotaName"].lower()]
    raise Fault(
        f"None of {len(quotas)} names of Bedrock's quotas is understood. Those of images: {'; '.join(likely[:8])}",
        "Let functions/backdrop/models/account/quotas.py read these names; the pace begins with the default.",
    )


def check_profiles(trial: Trial) -> str:
    """The account has the inference profiles by which models are called."""
    ids = [one.inference_profile for one in trial.patient.models.models if one.usable and one.inference_profile]
    if not ids:
        raise NotTried("No model that can be used is called by an inference profile here.")
    for id_ in ids:
        status = trial.call("bedrock", "get_inference_profile", inferenceProfileIdentifier=id_)["status"]
        if status != "ACTIVE":
            raise Fault(f"The inference profile {id_} is {status}.", "See docs/runbooks/model-ends.md.")
    return f"{len(ids)} inference profiles are ACTIVE."


CHECKS = (
    Check("quota names", "the names of the image models' quotas in Service Quotas", _QUOTAS, check_quota_names),
    Check("profiles", "the models' inference profiles are there, by these ids", _PROFILES, check_profiles),
)
