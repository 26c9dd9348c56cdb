"""Taking a case file apart and putting it together again, rightly or wrongly: what somebody who tampers would do."""

import base64
import hashlib
import io
import random
import zipfile
import zlib
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof import tlog
from amends.proof.verifier.archive import canonical, central_record, end_record, local_header
from tests.casefile.playing import ORIGIN

Bag = dict[str, bytes]


def apart(data: bytes) -> Bag:
    """The files of a case file, by their whole name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def inside(bag: Bag, name: str) -> str:
    """The whole name of a file within the bag's folder."""
    return f"{next(iter(bag)).partition('/')[0]}/{name}"


def together(bag: Bag, *, in_order: bool = True) -> bytes:
    """The canonical archive of the files (in the order they are given, when not `in_order`)."""
    return packed([(name, bag[name]) for name in (sorted(bag) if in_order else bag)])


def packed(files: list[tuple[str, bytes]]) -> bytes:
    """An archive written as the house writes it, of whatever files, twice the same name if asked."""
    made, records = b"", list[bytes]()
    for name, content in files:
        facts = (name.encode(), len(content), zlib.crc32(content))
        records.append(central_record(*facts, len(made)))
        made += local_header(*facts) + content
    listing = b"".join(records)
    return made + listing + end_record(len(records), len(listing), len(made))


def listed(bag: Bag, *, case: str | None = None, revision: str | None = None) -> Bag:
    """The same files with packing lists that fit them; the signature stays what it was."""
    base = next(iter(bag)).partition("/")[0]
    plain = {name.partition("/")[2]: content for name, content in bag.items()}
    payload = {name: content for name, content in plain.items() if name.startswith("data/")}
    oxum = f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}".encode()
    plain["bag-info.txt"] = b"\n".join(
        oxum if line.startswith(b"Payload-Oxum") else line for line in plain["bag-info.txt"].split(b"\n")
    )
    plain["manifest-sha256.txt"] = manifest(payload)
    tags = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
    plain["tagmanifest-sha256.txt"] = manifest({name: plain[name] for name in tags})
    return {f"{base}/{name}": content for name, content in plain.items()}


def resigned(bag: Bag, key: Ed25519PrivateKey, *, as_key_of: Ed25519PrivateKey | None = None) -> bytes:
    """The same files, listed and signed again; `as_key_of` names another key in the bag than the one that signs."""
    named = str(tlog.verifier_of(ORIGIN, as_key_of or key)).encode()
    info = inside(bag, "bag-info.txt")
    lines = bag[info].split(b"\n")
    bag = bag | {info: b"\n".join(b"Amends-Signing-Key: " + named if x.startswith(b"Amends-Signing-Key") else x
                                  for x in lines)}  # fmt: skip
    bag = listed(bag)
    digest = hashlib.sha256(bag[inside(bag, "tagmanifest-sha256.txt")]).hexdigest()
    head = bag[inside(bag, "signature.txt")].decode().split("\n")[:3]
    text = "\n".join([*head, digest, ""])
    return together(bag | {inside(bag, "signature.txt"): str(tlog.signed(text, ORIGIN, key)).encode()})


def manifest(files: Bag) -> bytes:
    """A BagIt manifest."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def places(data: bytes) -> list[tuple[int, int, str]]:
    """Each piece of the archive: from where to where, and of which file it is (or `the end of the archive`)."""
    files = [(name.encode(), memoryview(content)) for name, content in sorted(apart(data).items())]
    return [(part.start, part.start + len(part.must_be), part.label) for part in canonical(files)]


def whose(label: str) -> str:
    """The file a piece of the archive belongs to, as reports name it."""
    return label.rpartition(" ")[2] if "/" in label else label


def flipped(data: bytes, at: int, chance: random.Random) -> bytes:
    """The data with another byte at this place."""
    return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]


def spellings(signature: bytes) -> Iterator[tuple[str, bytes]]:
    """A signed note spelled otherwise, saying the same to a reader who is not strict."""
    text, _, line = signature.decode().rstrip("\n").rpartition("\n")
    dash, name, packed_ = line.split(" ")
    raw = base64.b64decode(packed_)
    order = 2**252 + 27742317777372353535851937790883648493
    more = raw[:36] + (int.from_bytes(raw[36:], "little") + order).to_bytes(32, "little")
    padded = packed_.rstrip("=")
    last = padded[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other_bits = padded[:-1] + alphabet[alphabet.index(last) ^ 1] + "=" * (len(packed_) - len(padded))
    forms = {
        "the scalar plus the order of the curve": f"{dash} {name} {base64.b64encode(more).decode()}",
        "without padding": f"{dash} {name} {padded}", "other unused bits": f"{dash} {name} {other_bits}",
        "alphabet of addresses": f"{dash} {name} {packed_.replace('+', '-').replace('/', '_')}x",
        "broken in two": f"{dash} {name} {packed_[:20]}\n{packed_[20:]}", "two spaces": f"{dash} {name}  {packed_}",
        "a hyphen": f"- {name} {packed_}", "a tab": f"{dash}\t{name} {packed_}", "said twice": f"{line}\n{line}",
        "space behind": f"{line} ", "another name": f"{dash} {name}x {packed_}", "carriage return": f"{line}\r",
    }  # fmt: skip
    for how, form in forms.items():
        yield how, f"{text}\n{form}\n".encode()
    yield "no end of line", signature.rstrip(b"\n")
    yield "an empty line more", signature + b"\n"
    yield "line ends of another system", signature.replace(b"\n", b"\r\n")
