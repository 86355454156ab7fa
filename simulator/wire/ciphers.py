"""The two ciphers of the protocol: AES-ECB (3.1 to 3.4) and AES-GCM (3.5)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

BLOCK = 16
NONCE = 12
TAG = 16


class WrongKey(ValueError):  # noqa: N818 – it is named for what is known
    """The text was not encrypted (or signed) with this key."""


def ecb_encrypt(key: bytes, text: bytes, *, pad: bool = True) -> bytes:
    """Return a text encrypted block by block, padded as PKCS#7 unless told otherwise."""
    if pad:
        missing = BLOCK - len(text) % BLOCK
        text += bytes([missing]) * missing
    # ECB is weak, but it is what the protocol asks for.
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 – the devices speak it
    return encryptor.update(text) + encryptor.finalize()


def ecb_decrypt(key: bytes, text: bytes) -> bytes:
    """Return a padded text in clear.

    Raises:
        WrongKey: The padding is none, which another key makes all but certain.
    """
    if not text or len(text) % BLOCK:
        raise WrongKey(f"{len(text)} bytes are not whole blocks")
    decryptor = Cipher(AES(key), ECB()).decryptor()  # noqa: S305 – the devices speak it
    padded = decryptor.update(text) + decryptor.finalize()
    count = padded[-1]
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise WrongKey("the padding is not PKCS#7")
    return padded[:-count]


def gcm_encrypt(key: bytes, nonce: bytes, text: bytes, header: bytes = b"") -> bytes:
    """Return a text encrypted, followed by its tag of 16 bytes, which covers the header too."""
    return AESGCM(key).encrypt(nonce, text, header)


def gcm_decrypt(key: bytes, nonce: bytes, text: bytes, header: bytes = b"") -> bytes:
    """Return the clear text of what `gcm_encrypt` made.

    Raises:
        WrongKey: The tag does not match.
    """
    try:
        return AESGCM(key).decrypt(nonce, text, header)
    except InvalidTag as error:
        raise WrongKey("the tag does not match") from error
