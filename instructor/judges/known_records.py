"""Records that known mistakes give, and those of earlier terms: the files in a folder of the assignment."""
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional


@dataclass(frozen=True)
class KnownRecords:
    """What a known mistake gives.

    kind: as in Verdict; says: what it is, as the end of a sentence; other_data: whether it was run on other data, such
    as an earlier term's. records: result file -> {'train': [...], 'val': [...]}, perhaps of the first epochs only.
    change: the mistake, for runs with other digits: in 'script', the text 'from' becomes 'to'; None if it has none.
    """

    kind: str
    says: str
    other_data: bool
    records: dict
    change: Optional[dict] = None

    def as_json(self):
        """The content of its file."""
        values = {key: value for key, value in asdict(self).items() if value is not None}
        return json.dumps(values).encode() + b'\n'


def read_known_records(folder: Path) -> dict:
    """The KnownRecords in a folder: name of a file -> KnownRecords."""
    return {path.name: KnownRecords(**json.loads(path.read_text(encoding='utf-8')))
            for path in sorted(folder.glob('*.json'))}
