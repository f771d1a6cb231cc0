"""Verbs of partners: each opens a transaction, asks, locks, decides, writes and leaves an event."""

from partners.actions.agreements import (
    attest_with_customer,
    digest_of,
    end_agreement,
    sign_agreement,
)
from partners.actions.applications import (
    answer_question,
    approve_application,
    ask_applicant,
    refuse_application,
    save_draft,
    submit_application,
)
from partners.actions.attestations import (
    accept_attestation,
    record_attestation,
    refuse_attestation,
    submit_attestation,
    withdraw_attestation,
)
from partners.actions.contracts import change_contract, end_contract, record_contract
from partners.actions.customers import add_customer, change_customer, end_customer
from partners.actions.facts import (
    agree_value,
    record_fact,
    record_happening,
    withdraw_fact,
    withdraw_record,
    withdraw_value,
)
from partners.actions.interactions import correct_interaction, record_interaction
from partners.actions.people import add_person, change_person, end_employment, move_person
from partners.actions.sharing import choose_all_sharing, choose_sharing, note_reads
from partners.actions.standing import (
    add_partner,
    assign_portfolio,
    change_partner,
    exit_partner,
    reinstate_partner,
    set_level,
    suspend_partner,
)
from partners.actions.takeouts import ask_take_out
from partners.actions.tasks import change_task, drop_task, finish_task, give_task

__all__ = [
    "accept_attestation",
    "add_customer",
    "add_partner",
    "add_person",
    "agree_value",
    "answer_question",
    "approve_application",
    "ask_applicant",
    "ask_take_out",
    "assign_portfolio",
    "attest_with_customer",
    "change_contract",
    "change_customer",
    "change_partner",
    "change_person",
    "change_task",
    "choose_all_sharing",
    "choose_sharing",
    "correct_interaction",
    "digest_of",
    "drop_task",
    "end_agreement",
    "end_contract",
    "end_customer",
    "end_employment",
    "exit_partner",
    "finish_task",
    "give_task",
    "move_person",
    "note_reads",
    "record_attestation",
    "record_contract",
    "record_fact",
    "record_happening",
    "record_interaction",
    "refuse_application",
    "refuse_attestation",
    "reinstate_partner",
    "save_draft",
    "set_level",
    "sign_agreement",
    "submit_application",
    "submit_attestation",
    "suspend_partner",
    "withdraw_attestation",
    "withdraw_fact",
    "withdraw_record",
    "withdraw_value",
]
