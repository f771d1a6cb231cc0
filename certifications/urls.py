"""Addresses of certificates."""

from django.urls import path

from certifications import views

app_name = "certifications"
urlpatterns = [
    path("certifications/", views.certifications, name="list"),
    path("certifications/people/<str:ref>/", views.person, name="person"),
    path("certificates/<str:ref>/", views.certificate, name="certificate"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:number>/", views.verify, name="verify_number"),
]
