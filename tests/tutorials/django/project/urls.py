"""The routes of the project."""

from django.urls import include, path
from rest_framework import routers
from tasks import views

router = routers.DefaultRouter(trailing_slash=False)
router.register(r"tasks", views.TaskViewSet)

urlpatterns = [
    path("", include(router.urls)),
    path("api-auth/", include("rest_framework.urls", namespace="rest_framework")),
]
