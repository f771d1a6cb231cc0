"""Addresses of the licences pages."""

from django.urls import path

from licensing import exception_views, views

app_name = "licensing"
urlpatterns = [
    path("licences/", views.licences, name="list"),
    path("licences/at/<str:customer>/", views.at_customer, name="at_customer"),
    path(
        "licences/at/<str:customer>/classes/", exception_views.lower_classes, name="lower_classes"
    ),
    path(
        "licences/at/<str:customer>/duplicate/",
        exception_views.merge_customer,
        name="merge_customer",
    ),
    path("licences/<str:code>/", views.product, name="product"),
    path("licences/<str:code>/seats/<str:customer>/", views.seats, name="seats"),
    path("licences/<str:code>/break-glass/", exception_views.break_glass, name="break_glass"),
    path("reservations/<str:ref>/settle/", exception_views.settle, name="settle"),
    path("exceptions/", exception_views.exceptions, name="exceptions"),
    path("exceptions/export/", exception_views.exceptions_export, name="exceptions_export"),
    path("exceptions/classes/<str:ref>/", exception_views.class_change, name="class_change"),
    path("exceptions/<str:ref>/", exception_views.exception, name="exception"),
    path("authorizations/<str:ref>/", views.authorization, name="authorization"),
]
