"""Addresses of the licences pages."""

from django.urls import path

from licensing import views

app_name = "licensing"
urlpatterns = [
    path("licences/", views.licences, name="list"),
    path("licences/at/<str:customer>/", views.at_customer, name="at_customer"),
    path("licences/<str:code>/", views.product, name="product"),
    path("licences/<str:code>/seats/<str:customer>/", views.seats, name="seats"),
    path("authorizations/<str:ref>/", views.authorization, name="authorization"),
]
