"""Requirements of the founding systems that no test names by itself: which test proves each."""

import re
from pathlib import Path

import pytest

from tests.house.compose_file import ROOT

PROVED_BY = {
    "S0.7 WHATSAPP_PHONE_NUMBER_ID": "tests/db/test_bootstrap.py::test_given_credentials_make_the_first_channel",
    "S0.8 WHATSAPP_BUSINESS_ACCOUNT_ID": "tests/db/test_bootstrap.py::test_given_credentials_make_the_first_channel",
    "S0.9 WHATSAPP_ACCESS_TOKEN": "tests/db/test_bootstrap.py::test_the_token_is_replaced_only_when_the_variable_changed",
    "S0.14 verify-token validation": (
        "tests/web/webhooks/test_receiver.py::test_verification_with_a_wrong_token_or_mode_is_forbidden_S0_1_S2_1_S4_1"
    ),
    "S0.15 secrets in the environment": "tests/test_settings.py::test_every_setting_that_looks_like_a_secret_is_treated_as_one",
    "S0.16 errors and logs on every route": (
        "tests/system/test_planted_secrets.py::test_no_log_of_any_process_holds_a_secret_a_number_or_a_message"
    ),
    "S0.19 integration guide": "tests/house/test_guides.py::test_the_commands_that_a_guide_names_exist_with_their_options",
    "S0.20 webhook set-up step by step": "tests/house/test_guides.py::test_the_webhook_fields_are_meta_s_own",
    "S0.21 troubleshooting": "tests/house/test_guides.py::test_the_symptoms_that_people_search_for_are_there",
    "S0.22 the challenge by curl": (
        "tests/web/webhooks/test_receiver.py::test_verification_answers_the_challenge_and_nothing_else_S0_1_S1_5_S2_1_S4_1"
    ),
    "S0.23 a tunnel in development": "tests/house/test_guides.py::test_a_tunnel_and_a_production_checklist_are_told",
    "S0.33 only Meta's own field names": "tests/house/test_guides.py::test_the_webhook_fields_are_meta_s_own",
    "S1.3 WHATSAPP_WEBHOOK_URL": "tests/checks/test_registration.py::test_a_webhook_url_of_its_own_is_the_base_of_callbacks",
    "S1.20 https in production": "tests/checks/test_run.py::test_a_public_address_that_leads_elsewhere_or_nowhere_is_red",
    "S1.21 troubleshooting webhooks": "tests/house/test_guides.py::test_the_symptoms_that_people_search_for_are_there",
    "S2.7 the configuration of a tenant": (
        "tests/web/api/test_channel_settings.py::test_a_connected_channel_is_listed_and_its_webhook_is_its_own"
    ),
    "S2.11 WHATSAPP_APP_SECRET": (
        "tests/web/webhooks/test_receiver.py::test_each_of_several_secrets_is_accepted_while_rotating"
    ),
    "S2.13 an event goes to the tenant of its number": (
        "tests/tasks/test_quarantine.py::test_what_the_installations_app_sends_goes_to_every_tenant"
    ),
    "S2.17 the webhook receives and verifies": "tests/system/test_whole.py::test_a_signed_webhook_is_acknowledged_and_becomes_a_message",
    "S2.18 credentials are configured by the tenant": (
        "tests/web/api/test_founding_settings.py::test_s0_3_and_s0_4_what_is_saved_is_shown_with_its_secrets_masked"
    ),
    "S2.19 sends by the Cloud API": "tests/system/test_whole.py::test_an_invoice_is_sent_delivered_and_read_and_tells_so",
    "S2.22 signed with the app secret": (
        "tests/web/webhooks/test_receiver.py::test_a_wrong_or_missing_signature_is_401_with_an_empty_body_and_stores_nothing_S2_1"
    ),
    "S2.23 authenticated encryption": "tests/db/test_encryption.py::test_a_secret_with_any_character_altered_does_not_decrypt",
    "S4.30 the routing is repaired": "tests/house/test_proxies.py::test_the_specific_address_comes_before_the_general_one",
    "S4.32 https and a standard port": "tests/house/test_proxies.py::test_caddy_gets_its_certificate_for_the_given_name_and_asks_the_web",
    "S4.33 set-up at Meta": "tests/house/test_guides.py::test_the_addresses_that_a_guide_names_are_served",
    "S4.34 no field message_deliveries": "tests/house/test_guides.py::test_the_webhook_fields_are_meta_s_own",
}


@pytest.mark.parametrize("requirement", PROVED_BY)
def test_a_requirement_has_a_test_that_exists(requirement: str) -> None:
    assert re.match(r"S\d\.\d+ ", requirement)
    path, _, name = PROVED_BY[requirement].partition("::")
    assert f"def {name}(" in Path(ROOT / path).read_text()
