"""The job's functions, as their own tests have them."""

from tests.unit.handlers.job_steps.conftest import bucket, compile_report, jobs, kms

__all__ = ["bucket", "compile_report", "jobs", "kms"]
