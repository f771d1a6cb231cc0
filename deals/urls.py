"""Addresses of the pages of registrations, renewals and co-sell."""

from django.urls import path

from deals import account_views as accounts
from deals import co_sell_views as co_sells
from deals import customer_views as customers
from deals import deciding_views as several
from deals import evidence_views as files
from deals import pipeline_views as pipelines
from deals import registration_views as registrations
from deals import views

app_name = "deals"
urlpatterns = [
    path("renewals/", views.RenewalsPage.as_view(), name="renewals"),
    path("renewals/board/", views.board, name="board"),
    path("renewals/<str:ref>/", views.renewal, name="renewal"),
    path("renewals/<str:ref>/plan/", views.plan, name="plan"),
    path("renewals/<str:ref>/outcome/", views.settle, name="settle"),
    path("accounts/", accounts.AccountsPage.as_view(), name="accounts"),
    path("accounts/<str:ref>/", accounts.account, name="account"),
    path("customers/<str:customer>/deals/", customers.at_customer, name="at_customer"),
    path("co-sell/", co_sells.CoSellPage.as_view(), name="co_sells"),
    path("co-sell/ask/", co_sells.ask, name="co_sell_ask"),
    path("co-sell/engineers/", co_sells.engineers, name="engineers"),
    path("co-sell/people/<str:ref>/leave/", co_sells.leave, name="co_sell_leave"),
    path("co-sell/bookings/<str:ref>/release/", co_sells.release, name="co_sell_release"),
    path("co-sell/<str:ref>/", co_sells.co_sell, name="co_sell"),
    path("co-sell/<str:ref>/accept/", co_sells.accept, name="co_sell_accept"),
    path("co-sell/<str:ref>/decline/", co_sells.decline, name="co_sell_decline"),
    path("co-sell/<str:ref>/plan/", co_sells.co_sell_plan, name="co_sell_plan"),
    path("co-sell/<str:ref>/start/", co_sells.start, name="co_sell_start"),
    path("co-sell/<str:ref>/finish/", co_sells.finish, name="co_sell_finish"),
    path("co-sell/<str:ref>/call-off/", co_sells.cancel, name="co_sell_cancel"),
    path("co-sell/<str:ref>/join/", co_sells.join, name="co_sell_join"),
    path("co-sell/<str:ref>/book/", co_sells.book, name="co_sell_book"),
    path("registrations/", registrations.RegistrationsPage.as_view(), name="registrations"),
    path("registrations/pipeline/", pipelines.recurring, name="recurring"),
    path("registrations/transactions/", pipelines.transactions, name="transactions"),
    path("registrations/new/", registrations.choose, name="choose"),
    path("registrations/new/<slug:policy>/", registrations.register, name="register"),
    path("registrations/decide/", several.decide, name="decide"),
    path("registrations/look/", registrations.look, name="look"),
    path("registrations/<str:ref>/", registrations.registration, name="registration"),
    path("registrations/<str:ref>/edit/<slug:policy>/", registrations.register, name="redraft"),
    path("registrations/<str:ref>/extend/", registrations.extend, name="extend"),
    path("registrations/<str:ref>/win/", registrations.win, name="win"),
    path("registrations/<str:ref>/lose/", registrations.lose, name="lose"),
    path("registrations/<str:ref>/appeal/", registrations.appeal, name="appeal"),
    path("registrations/<str:ref>/withdraw/", registrations.withdraw, name="withdraw"),
    path("registrations/<str:ref>/approve/", registrations.approve, name="approve"),
    path("registrations/<str:ref>/refuse/", registrations.refuse, name="refuse"),
    path("registrations/<str:ref>/take-back/", registrations.reverse_it, name="reverse"),
    path("registrations/<str:ref>/evidence/", files.evidence, name="evidence"),
    path("registrations/<str:ref>/transfer/", several.transfer, name="transfer"),
    path("registrations/<str:ref>/end/", registrations.end, name="end"),
]
