"""Addresses of the project, and its answers to what no view handles."""

from django.urls import include, path

urlpatterns = [path("", include("tasks.urls"))]

handler400 = "tasks.errors.bad_request"
handler404 = "tasks.errors.not_found"
handler500 = "tasks.errors.server_error"
