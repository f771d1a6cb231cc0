"""Addresses of certificates."""

from django.urls import path

from certifications import enrolment_pages, views

app_name = "certifications"
urlpatterns = [
    path("certifications/", views.certifications, name="list"),
    path("certifications/people/<str:ref>/", views.person, name="person"),
    path("certifications/people/<str:ref>/enrol/", enrolment_pages.enrol_person, name="enrol"),
    path("certifications/plan/", enrolment_pages.enrolments, name="enrolments"),
    path("certifications/plan/mine/", enrolment_pages.my_plan, name="my_plan"),
    path("certifications/plan/<str:ref>/", enrolment_pages.change_enrolment, name="enrolment"),
    path("certificates/<str:ref>/paper/", views.paper, name="paper"),
    path("certificates/<str:ref>/", views.certificate, name="certificate"),
    path("results/<str:ref>/document/", views.result_document, name="result_document"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:number>/", views.verify, name="verify_number"),
]
