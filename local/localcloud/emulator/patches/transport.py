"""TLS: policies that refuse plain HTTP (`aws:SecureTransport`) must not refuse the loopback interface.

The emulator speaks HTTP on 127.0.0.1 only, where AWS would speak TLS; a bucket policy that demands TLS is
right on AWS and would refuse every call here.
"""

from localcloud.emulator import upstream


def install() -> None:
    """Pin every request as secure for the evaluation of policies."""
    upstream.expect_attributes(upstream.app, "pin_request_origin")
    stock_pin = upstream.app.pin_request_origin

    def pin(source_ip: str, _secure_transport: bool) -> None:
        stock_pin(source_ip, secure_transport=True)

    upstream.app.pin_request_origin = pin
