"""Addresses of the pages of registrations and renewals."""

from django.urls import path

from deals import deciding_views as several
from deals import registration_views as registrations
from deals import views

app_name = "deals"
urlpatterns = [
    path("renewals/", views.RenewalsPage.as_view(), name="renewals"),
    path("renewals/board/", views.board, name="board"),
    path("renewals/<str:ref>/", views.renewal, name="renewal"),
    path("renewals/<str:ref>/plan/", views.plan, name="plan"),
    path("renewals/<str:ref>/outcome/", views.settle, name="settle"),
    path("registrations/", registrations.RegistrationsPage.as_view(), name="registrations"),
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
    path("registrations/<str:ref>/transfer/", several.transfer, name="transfer"),
    path("registrations/<str:ref>/end/", registrations.end, name="end"),
]
