"""Reference pages drawn from the table of moves and the refusals: the state diagram, the moves, the reasons for no.

An arrow stands in the diagram when the table has the move and a worked case walks it. Only text is made here.
"""

from collections import defaultdict
from collections.abc import Iterable

from amends.lab.case_book import CaseBook
from amends.lab.words import DOES
from amends.law.commands import COMMANDS, MOVES_MONEY
from amends.law.deadlines import SILENCE
from amends.law.moves import MOVES, Move
from amends.law.refusal import SENTENCES
from amends.store.policies import Catalogue

SAID_BY_TIME = "silence"
NAMED_OTHERWISE = {
    "open_dispute": "dispute.open", "report_proceedings": "proceedings.report", "update_facts": "facts.update",
    "lapse": "request.lapse", "redact_evidence": "files.redact", "place_legal_hold": "privacy.hold",
    "lift_legal_hold": "privacy.hold",
}  # fmt: skip
"""Rules the packs cite under another name than the function's."""


def state_diagram(book: CaseBook) -> str:
    """Every stage and what leads from one to another, as a Mermaid diagram, and the moves no case walks yet."""
    arrows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for walk in book.walks:
        arrows[walk.before, walk.after].add(SAID_BY_TIME if walk.command == "lapse" else walk.command)
    lines = ["# State diagram", "", "Drawn from the table of moves in `law/moves.py`: an arrow stands where the table "
             "has the move and a worked case walks it. `silence` is a deadline that ran out.", "",
             "```mermaid", "stateDiagram-v2", "    direction LR", "    [*] --> unopened"]  # fmt: skip
    for (before, after), commands in sorted(arrows.items()):
        lines.append(f"    {before} --> {after}: {', '.join(sorted(commands))}")
    lines += ["    closed --> [*]", "```", "", "## Not walked by any worked case", ""]
    unwalked = sorted(_unwalked(book))
    lines += [f"- `{command}` to `{after}`" for command, after in unwalked] or ["Every move of the table is walked."]
    return "\n".join(lines)


def _unwalked(book: CaseBook) -> set[tuple[str, str]]:
    walked = {(walk.command, walk.after) for walk in book.walks}
    return {(move.command, to) for move in MOVES for to in move.to if (move.command, to) not in walked}


def moves(catalogue: Catalogue) -> str:
    """The table of moves for people: who may do what, when, what it may lead to, and where the policies say so."""
    lines = ["# Moves", "", "One row of `law/moves.py` each: in these stages these roles may do this. Everything else "
             "is refused, with a reason of [refusals](refusals.md). ¤ moves money: send an `Idempotency-Key`.", "",
             _row("command", "who", "in stage", "may lead to", "fields", "rule", "clauses"),
             "|---" * 7 + "|"]  # fmt: skip
    lines += [_move(move, catalogue) for move in MOVES]
    lines += ["", "## What silence means", "", "| `on_timeout` | in words |", "|---|---|"]
    lines += [f"| `{name}` | {said['en']} |" for name, said in SILENCE.items()]
    return "\n".join(lines)


def _move(move: Move, catalogue: Catalogue) -> str:
    rule = NAMED_OTHERWISE.get(move.command, move.does)
    clauses = [c for policy in catalogue.policies for c in policy.pack.rule_clauses.get(rule, ())]
    name = f"`{move.command}`{' ¤' if move.command in MOVES_MONEY else ''}<br>{DOES[move.command]}"
    return _row(name, _listed(move.roles), _listed(move.stages), _listed(move.to) or "–", _fields(move.command),
                f"`{move.does}`", ", ".join(dict.fromkeys(clauses)))  # fmt: skip


def _fields(command: str) -> str:
    kind = COMMANDS[command]
    required = len(kind.__struct_fields__) - len(kind.__struct_defaults__)
    names = [f"`{name}`{'' if i < required else '?'}" for i, name in enumerate(kind.__struct_fields__)]
    return ", ".join(names) or "–"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def refusals(book: CaseBook) -> str:
    """Every reason to refuse, in both languages, and the cases that show it."""
    lines = ["# Refusals", "", "A refusal is an answer, not a failure: HTTP 409 with this `code`, the clauses it rests "
             "on, and what can still be done.", "", _row("code", "English", "Bahasa Indonesia", "shown by"),
             "|---" * 4 + "|"]  # fmt: skip
    for code, said in SENTENCES.items():
        shown = [case.title for case in book.refusing(code)]
        more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
        lines.append(_row(f"`{code}`", said["en"], said["id"], "; ".join(shown[:3]) + more or "–"))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
