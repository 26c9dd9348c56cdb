"""An example of every page: who looks at it, and at which address. An address without one fails `test_pages.py`.

`{MUG-3}` in a path is the id of that order's case, `{STAFF-1}` another id (`world.others`). The first example
of an address is looked at in both languages.
"""

import re

import msgspec

from tests.browser.world import Market


class Example(msgspec.Struct, frozen=True):
    """One page as somebody sees it; `person` empty: nobody."""

    path: str
    role: str = ""
    person: str = ""
    status: int = 200

    @property
    def staff(self) -> bool:
        """Whether the larger budgets hold."""
        return self.role in ("adjudicator", "operator", "auditor")

    def at(self, world: Market) -> str:
        """The address in this world."""
        return re.sub(r"\{([A-Z]+-[0-9]+)\}", lambda found: (world.cases | world.others)[found[1]], self.path)


def buyer(path: str, person: str = "rani", status: int = 200) -> Example:
    return Example(path, "buyer", person, status)


def seller(path: str, person: str = "kilnhouse", status: int = 200) -> Example:
    return Example(path, "seller", person, status)


def desk(path: str, person: str = "staff-zephyrine", status: int = 200) -> Example:
    return Example(path, "adjudicator", person, status)


def operator(path: str, status: int = 200) -> Example:
    return Example(path, "operator", "olga", status)


EXAMPLES: dict[str, tuple[Example, ...]] = {
    "front": (Example("/"),),
    "enter": (Example("/enter?t=party_x", status=401),),
    "signed_out": (Example("/signed-out"),),
    "me": (operator("/me"), buyer("/me")),
    "preferences": (buyer("/preferences"), operator("/preferences")),
    # buyers
    "my_cases": (buyer("/my/cases"), buyer("/my/cases", "nobody-yet"), buyer("/my/cases", "agus")),
    "find_order": (buyer("/my/orders"), buyer("/my/orders?number=MUG-999", status=404)),
    "order": (buyer("/my/orders/MUG-8"), buyer("/my/orders/MUG-4"), buyer("/my/orders/TENT-9001", "priya")),
    "claim_question": (
        *(buyer(f"/my/orders/MUG-8/claim/0/{step}") for step in ("evidence", "item", "what", "noticed", "wanted")),
        buyer("/my/orders/MUG-9/claim/0/words"),
    ),
    "claim_check": (buyer("/my/orders/MUG-8/claim/check"),),
    "claim_sent": (buyer("/my/claims/{CLAIM-1}"),),
    # both
    "case": (
        buyer("/cases/{MUG-3}"), seller("/cases/{MUG-2}"), buyer("/cases/{MUG-1}"), buyer("/cases/{MUG-4}"),
        buyer("/cases/{MUG-5}"), seller("/cases/{MUG-6}"), buyer("/cases/{MUG-7}"),
        seller("/cases/{JACKET-1501}", "peak"),
        buyer("/cases/{KETTLE-1201}", "leo"), buyer("/cases/{PHONE-1801}", "ida"), buyer("/cases/{MADU-2501}", "tika"),
        buyer("/cases/{LAMP-1001}", "alice"), seller("/cases/{GORDEN-2401}", "rumah-kain"),
        buyer("/cases/nothing", status=404),
    ),
    "act": (
        buyer("/cases/{MUG-1}/withdraw"), seller("/cases/{MUG-1}/reject-request"), seller("/cases/{MUG-4}/appeal"),
        buyer("/cases/{KETTLE-1201}/open-dispute", "leo"),
    ),
    "offer": (buyer("/cases/{MADU-2501}/offers/{OFFER-1}", "tika"),),
    "decision": (buyer("/cases/{MUG-4}/decisions/1"), seller("/cases/{MUG-6}/decisions/1")),
    "piece": (buyer("/cases/{MUG-3}/evidence/e1"), seller("/cases/{MUG-3}/evidence/e1")),
    "cover": (buyer("/cases/{MUG-3}/evidence/e1/cover"),),
    # sellers
    "shop_cases": (seller("/shop/cases"), seller("/shop/cases", "nobody-yet"), seller("/shop/cases", "peak")),
    "shop_answer": (seller("/shop/cases/{MUG-1}/answer"),),
    "shop_contest": (seller("/shop/cases/{MUG-1}/contest"),),
    "shop_contest_task": (
        seller("/shop/cases/{MUG-1}/contest/review"), seller("/shop/cases/{MUG-1}/contest/words"),
        seller("/shop/cases/{MUG-1}/contest/anything"),
    ),
    "shop_offer": (seller("/shop/cases/{MUG-1}/offer?remedy=partial_refund&share=30"),),
    "shop_accept": (seller("/shop/cases/{MUG-1}/accept"), seller("/shop/cases/{MUG-4}/accept")),
    "shop_offered": (seller("/shop/cases/{MUG-2}/offered"),),
    "shop_return": (seller("/shop/cases/{MUG-4}/return"),),
    "shop_remedy": (seller("/shop/cases/{MUG-4}/remedy"), seller("/shop/cases/{MUG-1}/remedy")),
    "shop_nothing": (seller("/shop/cases/{MUG-2}/nothing"),),
    "shop_appeal": (seller("/shop/cases/{MUG-4}/appeal"), seller("/shop/cases/{MUG-6}/appeal")),
    "shop_performance": (seller("/shop/performance"), seller("/shop/performance", "nobody-yet")),
    "shop_settings": (seller("/shop/settings"),),
    "shop_evidence": (seller("/shop/cases/{MUG-2}/evidence"),),
    "shop_evidence_task": (
        seller("/shop/cases/{MUG-2}/evidence/anything"), seller("/shop/cases/{MUG-2}/evidence/review"),
    ),
    # the desk
    "desk": (desk("/desk"), desk("/desk?view=late"), desk("/desk?q=nothing-like-it")),
    "desk_ways": (operator("/desk/settings"),),
    "bench": (desk("/desk/cases/{MUG-3}"), desk("/desk/cases/{MUG-6}", "staff-balthazar"), desk("/desk/cases/{MUG-4}"),
              desk("/desk/cases/{PARFUM-2301}"), operator("/desk/cases/{LAMP-1001}")),
    "desk_cover": (desk("/desk/cases/{MUG-3}/pieces/e1/cover"),),
    "desk_similar": (desk("/desk/cases/{MUG-3}/similar"),),
    "desk_task": (desk("/desk/cases/{MUG-3}/request-evidence"), desk("/desk/cases/{MUG-3}/extend-deadline")),
    "desk_correct_decision_form": (desk("/desk/cases/{MUG-4}/correct-decision"),),
    "desk_allocate_recourse_form": (desk("/desk/cases/{RADIO-2601}/allocate-recourse"),),
    # the house
    "policies": (operator("/policies"), buyer("/policies")),
    "policy": (buyer("/policies/tiktok-shop-us/2025-11-11"), operator("/policies/tokopedia-id/2025-07-02")),
    "policy_diff": (
        operator("/policies/diff?a=tiktok-shop-us@2025-11-11&b=tokopedia-id@2025-07-02"), operator("/policies/diff"),
    ),
    "case_book": (operator("/policies/book"),),
    "worked_case": (operator("/policies/book/1-request/id-a-sale-that-was-undone"),),
    "operator_health": (operator("/operator/health"),),
    "operator_ledger": (operator("/operator/ledger"),),
    "operator_audit": (operator("/operator/audit"),),
    "operator_calendars": (operator("/operator/calendars"),),
    "operator_notices": (operator("/operator/notices"),),
    "staff_sign_in": (Example("/staff"),),
    "staff_invitation": (Example("/staff/invitation?t=x", status=401),),
    "new_passkey": (operator("/preferences/passkey", status=404),),
    "people": (operator("/operator/people"),),
    "person": (operator("/operator/people/{STAFF-1}"),),
    "keys": (operator("/operator/keys"),),
    "operator": (operator("/operator"),),
    "operator_cases": (operator("/operator/cases"),),
    "stage": (Example("/sandbox", "stage", "stage"), Example("/sandbox", status=403)),
}  # fmt: skip
"""By the name of the address."""
NO_PAGES = {
    "picture": "answers a picture",
    "original": "answers a file",
    "desk_original": "answers a file",
    "case_file": "answers a file",
    "statement": "answers a file",
    "case_live": "answers a stream",
    "operator_ledger_csv": "answers a table",
    "claim": "leads on to the first open question",
    "presence": "answers a part of a page",
    "desk_live": "answers a stream",
    "desk_preview": "answers a part of a page",
    "operator_cases_csv": "answers a table",
    "organisation": "leads on to the provider",
    "organisation_prove": "leads on to the provider",
    "organisation_back": "leads on from the provider",
}
"""Addresses that answer something else than a page, and what."""
LOST = (Example("/there-is-nothing-here", status=404), Example("/my/cases", status=401))
