"""Certificates for the TLS tests, made by openssl: one authority, and servers that are right or
wrong in one way each."""

import subprocess


def _openssl(*arguments):
    done = subprocess.run(
        ["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: " + done.stderr.decode(errors="replace"))


class Certificates:
    """`authority` is the file for --cacert; certificate(kind) gives (certificate, key) files."""

    NAMES = {
        "good": "IP:127.0.0.1,DNS:localhost",
        "expired": "IP:127.0.0.1,DNS:localhost",
        "wrong-host": "DNS:elsewhere.example",
        "other-name": "email:master@elsewhere.example",
    }
    COMMON_NAMES = {"common-name": "127.0.0.1", "other-name": "127.0.0.1"}
    NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = folder / "authority.pem"
        _openssl(
            "req",
            "-x509",
            *self.NEW_KEY,
            "-keyout",
            str(folder / "authority.key"),
            "-out",
            str(self.authority),
            "-subj",
            "/CN=picdesk test authority",
            "-days",
            "2",
            "-addext",
            "keyUsage=critical,keyCertSign",
        )

    @staticmethod
    def _ended():
        """A lifetime that is over. Newer versions take dates, the older ones a lifetime of -1 day."""
        known = subprocess.run(["openssl", "x509", "-help"], capture_output=True, check=False)
        if b"-not_after" in known.stdout + known.stderr:
            return "-not_before", "20200101000000Z", "-not_after", "20200102000000Z"
        return "-days", "-1"

    def certificate(self, kind):
        certificate, key = self.folder / f"{kind}.pem", self.folder / f"{kind}.key"
        if certificate.exists():
            return certificate, key
        if kind == "self-signed":
            _openssl(
                "req",
                "-x509",
                *self.NEW_KEY,
                "-keyout",
                str(key),
                "-out",
                str(certificate),
                "-subj",
                "/CN=127.0.0.1",
                "-days",
                "2",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            )
            return certificate, key
        request, extensions = self.folder / f"{kind}.csr", self.folder / f"{kind}.ext"
        names = f"subjectAltName={self.NAMES[kind]}\n" if kind in self.NAMES else ""
        extensions.write_text(names + "keyUsage=digitalSignature\n")
        subject = "/CN=" + self.COMMON_NAMES.get(kind, "test")
        _openssl(
            "req", *self.NEW_KEY, "-keyout", str(key), "-out", str(request), "-subj", subject
        )
        _openssl(
            "x509",
            "-req",
            "-in",
            str(request),
            "-CA",
            str(self.authority),
            "-CAkey",
            str(self.folder / "authority.key"),
            "-CAcreateserial",
            *(self._ended() if kind == "expired" else ("-days", "2")),
            "-extfile",
            str(extensions),
            "-out",
            str(certificate),
        )
        return certificate, key
