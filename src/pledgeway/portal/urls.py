"""Every address of the portal. The part of a name before the hyphen is the room it belongs to.

Keys and codes are people's own and may hold slashes: what is done with a row stands before its key, never after it, so
that no key can be taken for another one with something to do.
"""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import TemplateView

from pledgeway.portal import inputs
from pledgeway.portal.api import api
from pledgeway.portal.pages import (
    announcement,
    commitment,
    desk,
    disputes,
    donor,
    evidence,
    forums,
    importing,
    lists,
    place,
    plans,
    posting,
    record,
    reference,
    requirement,
    search,
    situation,
    stress,
    terms,
    tokens,
)
from pledgeway.portal.pages.listing import save_view

FORGOTTEN = TemplateView.as_view(
    template_name="portal/forgotten.html", extra_context={"title": "A new password comes from an administrator"}
)
"""In place of allauth's own, which would send mail: no mail leaves this server."""


class Key(StringConverter):
    """A key or code in an address: anything but nothing, slashes and breaks of lines too."""

    regex = r"[\s\S]+"


register_converter(Key, "key")

urlpatterns = [
    path("", situation.page, name="situation"),
    path("commitments/", lists.commitments, name="commitments"),
    path("announcements/", announcement.index, name="announcements"),
    path("announcements/<key:key>/", announcement.page, name="announcements-one"),
    path("record/", terms.kinds, name="commitments-record"),
    path("record/<str:kind>/", terms.new, name="commitments-new"),
    path("terms/announcements/<key:key>/", terms.of("announcements"), name="announcements-terms"),
    path("terms/commitments/<key:key>/", terms.of("commitments"), name="commitments-terms"),
    path("terms/requirements/<key:key>/", terms.of("requirements"), name="requirements-terms"),
    path("offered/<str:name>/", inputs.options, name="options"),
    path("post/commitments/<key:key>/", posting.page, name="commitments-post"),
    path("commitments/<key:key>/", commitment.page, name="commitments-one"),
    path("requirements/", lists.requirements, name="requirements"),
    path("state/requirements/<key:key>/", requirement.state, name="requirements-state"),
    path("requirements/<key:key>/", requirement.page, name="requirements-one"),
    path("disputes/", disputes.index, name="disputes"),
    path("disputes/new/", disputes.new, name="disputes-new"),
    path("disputes/<int:number>/", disputes.page, name="disputes-one"),
    path("donors/", lists.donors, name="donors"),
    path("donors/<key:code>/", donor.page, name="donors-one"),
    path("plans/", plans.index, name="plans"),
    path("plans/compare/", plans.compare, name="plans-compare"),
    path("plans/<int:number>/", plans.page, name="plans-one"),
    path("plans/<int:number>/progress/", plans.progress, name="plans-progress"),
    path("plans/<int:number>/stop/", plans.stop, name="plans-stop"),
    path("plans/<int:number>/again/", plans.again, name="plans-again"),
    path("plans/<int:number>/unmet/", plans.part("unmet"), name="plans-unmet"),
    path("plans/<int:number>/bottlenecks/", plans.part("bottlenecks"), name="plans-bottlenecks"),
    path("plans/<int:number>/stress/", stress.page, name="plans-stress"),
    path("plans/<int:number>/stress/progress/", stress.progress, name="plans-stress-progress"),
    path("plans/<int:number>/stress/stop/", stress.stop, name="plans-stress-stop"),
    path("plans/<int:number>/stress/go-on/", stress.go_on, name="plans-stress-go-on"),
    *(path(f"plans/<int:number>/{name.replace('_', '/')}/", plans.part(name), name=f"plans-{name}")
      for name in ("stress_requirements", "stress_instead", "stress_chances")),
    path("plans/<int:number>/adopt/", plans.adopt, name="plans-adopt"),
    path("plans/<int:number>/files/<str:name>", plans.file, name="plans-file"),
    path("import/", importing.page, name="importing"),
    path("desk/", desk.page, name="proposals"),
    path("desk/<int:number>/", desk.answer, name="proposals-one"),
    path("balances/", lists.balances, name="balances"),
    path("ledger/", lists.postings, name="postings"),
    path("batches/<int:number>/", record.batch, name="batches-one"),
    path("search/", search.page, name="search"),
    path("sources/", lists.sources, name="sources"),
    path("statements/", lists.statements, name="statements"),
    path("sources/<int:number>/", evidence.source, name="sources-one"),
    path("statements/<int:number>/", evidence.statement, name="statements-one"),
    path("audit/", record.audit, name="audit"),
    path("places/", lists.places, name="places"),
    path("places/<key:code>/", place.page, name="places-one"),
    path("items/", lists.items, name="items"),
    path("parties/", lists.parties, name="parties"),
    path("forums/", reference.listed("forums"), name="forums"),
    path("forums/<key:code>/", forums.forum, name="forums-one"),
    path("meetings/", reference.listed("meetings"), name="meetings"),
    path("meetings/<key:code>/", forums.meeting, name="meetings-one"),
    path("decisions/", reference.listed("decisions"), name="decisions"),
    path("decisions/<key:code>/", forums.decision, name="decisions-one"),
    path("targets/", reference.listed("targets"), name="targets"),
    path("lanes/", reference.listed("lanes"), name="lanes"),
    path("closures/", reference.listed("closures"), name="closures"),
    path("courses/", reference.listed("courses"), name="courses"),
    path("users/", reference.listed("users"), name="users"),
    path("users/<int:number>/password/", reference.password, name="users-password"),
    path("changes/", reference.changes, name="changes"),
    path("reference/", reference.index, name="reference"),
    path("reference/<str:table>/new/", reference.new, name="reference-new"),
    path("reference/<str:table>/<int:number>/", reference.one, name="reference-one"),
    path("reference/<str:table>/<int:number>/edit/", reference.edit, name="reference-edit"),
    path("reference/<str:table>/<int:number>/merge/", reference.merging, name="reference-merge"),
    path("stages/", record.stages, name="stages"),
    path("me/", tokens.me, name="me"),
    path("tokens/", tokens.page, name="tokens"),
    path("api/v1/", api.urls),
    path("views/", save_view, name="views"),
    path("account/", include([
        path("login/", account.login, name="account_login"),
        path("logout/", account.logout, name="account_logout"),
        path("inactive/", account.account_inactive, name="account_inactive"),
        path("signup/", account.signup, name="account_signup"),  # says that nobody signs up
        path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
        path("password/change/", account.password_change, name="account_change_password"),
        path("password/reset/", FORGOTTEN, name="account_reset_password"),
        path("2fa/", include("allauth.mfa.urls")),
    ])),
]  # fmt: skip
handler404 = "pledgeway.portal.pages.errors.not_found"
handler403 = "pledgeway.portal.pages.errors.not_found"
handler500 = "pledgeway.portal.pages.errors.failed"
