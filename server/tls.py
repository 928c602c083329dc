"""HTTPS: with a certificate in files, or with a self-signed one for this machine.

Browsers give a page from another machine the camera over HTTPS only. `--tls auto` makes what that needs:

1. A certificate for the addresses at which the server listens, signed by its own key and valid for a year. Certificate
   and key are in one file, which only this user may read.
2. It is kept, so that a browser which has accepted it asks once. It is made again when an address is not in it, when
   fewer than RENEW_DAYS are left, or when it can't be read.
3. No authority has signed it, so each browser warns at the first visit. The fingerprint that is printed is the one that
   the browser shows with the certificate.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import ipaddress
import socket
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from calibration.profiles.disk import disk_problem
from calibration.profiles.folders import make_private_folder, replacing
from server.addresses import is_address, is_loopback_name
from server.errors import StartupError
from server.settings import Settings

FILE_NAME = "certificate.pem"
VALID_DAYS, RENEW_DAYS = 365, 30
EVERY_ADDRESS = ("0.0.0.0", "::")
VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet")  # no other machine reaches these interfaces
EXTRA = "--tls auto needs the packages of the extra: pip install 'sightline-gaze[lan]' (in the repository: -e '.[lan]')"


def open_context(settings: Settings) -> ssl.SSLContext | None:
    """What the server needs for HTTPS; None for plain HTTP. Raises StartupError."""
    if settings.tls_key is not None and not isinstance(settings.tls, Path):
        raise StartupError("--tls-key belongs to the certificate of --tls FILE")
    if settings.tls is None:
        return None
    files = (settings.tls, settings.tls_key) if isinstance(settings.tls, Path) else (self_signed(settings), None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # An empty password, because OpenSSL would otherwise ask for one on the terminal.
        context.load_cert_chain(*files, password="")
    except OSError as problem:
        why = "no usable certificate" if isinstance(problem, ssl.SSLError) else disk_problem(problem)
        raise StartupError(
            f"--tls {settings.tls}: {why}. The file holds the certificate and its chain in PEM format; the key, "
            "without a password, is in the same file or in that of --tls-key"
        ) from problem
    return context


def other_addresses(host: str) -> list[str]:
    """The addresses, other than loopback, at which a server bound to this host is reached. The most likely first."""
    if host not in EVERY_ADDRESS:
        return [host] if not is_loopback_name(host) else []
    up = {name for name, state in psutil.net_if_stats().items() if state.isup and not name.startswith(VIRTUAL)}
    families = (socket.AF_INET,) if host == "0.0.0.0" else (socket.AF_INET, socket.AF_INET6)
    found = [
        ipaddress.ip_address(each.address)
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
        for each in addresses
        if each.family in families and "%" not in each.address  # %: valid on its own link only
    ]
    # A network at home or at work has private addresses of version 4.
    found.sort(key=lambda address: (address.version, not address.is_private))
    return [str(address) for address in found if not address.is_loopback and not address.is_link_local]


def self_signed(settings: Settings) -> Path:
    """The file with this machine's certificate and key, made if it is missing or does not fit. Raises StartupError."""
    path = settings.certificates / FILE_NAME
    addresses = other_addresses(settings.host)
    now = datetime.datetime.now(datetime.timezone.utc)
    try:
        if not _fits(path, addresses, now):
            make_private_folder(path.parent)
            with replacing(path) as made:
                made.write_bytes(_make(addresses, now))
    except ImportError as problem:
        raise StartupError(EXTRA) from problem
    except OSError as problem:
        raise StartupError(f"the certificate can't be kept in {path.parent}: {disk_problem(problem)}") from problem
    return path


def invitation(settings: Settings, port: int) -> str:
    """What other devices need, for the terminal: the address, its QR code, and a word about the browser's warning."""
    if settings.tls != "auto":
        return ""
    addresses = other_addresses(settings.host)
    if not addresses:
        return "  Only this machine can open it. For a phone or a second computer, add: --host 0.0.0.0"
    urls = [f"https://{f'[{address}]' if ':' in address else address}:{port}/" for address in addresses]
    fingerprint = _fingerprint(settings.certificates / FILE_NAME)
    return "\n".join(
        (
            f"  On a phone or another computer in this network: {'  or  '.join(urls)}",
            _qr_code(urls[0]),
            "  The browser warns once that it does not know the certificate, because this machine made it. The",
            "  connection is encrypted all the same. Choose Advanced and continue. To be sure that it is this",
            f"  machine, compare the SHA-256 fingerprint: {fingerprint}",
            "  Everyone in this network can open the page and its saved calibrations.",
        )
    )


def _fits(path: Path, addresses: Sequence[str], now: datetime.datetime) -> bool:
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    listed = {str(name) for kind in (x509.IPAddress, x509.DNSName) for name in names.get_values_for_type(kind)}
    left = certificate.not_valid_after_utc - now
    path.chmod(0o600)  # a copy may have lost it
    return listed.issuperset(addresses) and left > datetime.timedelta(days=RENEW_DAYS)


def _make(addresses: Sequence[str], now: datetime.datetime) -> bytes:
    """Key and certificate in PEM format."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sightline on this network")])
    names = x509.SubjectAlternativeName(
        [
            x509.IPAddress(ipaddress.ip_address(address)) if is_address(address) else x509.DNSName(address)
            for address in dict.fromkeys(("localhost", "127.0.0.1", "::1", *addresses))
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # the other device's clock may be slow
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + certificate.public_bytes(serialization.Encoding.PEM)


def _fingerprint(path: Path) -> str:
    """As browsers show it."""
    _, _, after = path.read_text(encoding="ascii").partition("-----BEGIN CERTIFICATE-----")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert("-----BEGIN CERTIFICATE-----" + after)).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def _qr_code(url: str) -> str:
    """Half-block characters; empty where the terminal can't show them."""
    import segno

    drawn = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out=drawn, border=2, compact=True)
    with contextlib.suppress(UnicodeEncodeError, LookupError):
        drawn.getvalue().encode(sys.stdout.encoding or "utf-8")
        return drawn.getvalue().rstrip("\n")
    return ""
