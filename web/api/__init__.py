"""The API's base: lists, items, problems, ETags, strict bodies, the OpenAPI document.

How to add a resource (about 30 lines in your app's ``api.py``, which is found by itself):

    from tenants.api import Resource, register_routes
    from web.api.filters import PublicIdFilter
    from web.api.inputs import CharField, DateField, Input, PublicIdField
    from web.api.output import Nested, PublicId, Value

    class CertificateInput(Input):                  # the body of POST; unknown keys are refused
        person = PublicIdField(Person)              # "per_…" -> the Person, if the caller sees it
        passed_on = DateField()
        version = CharField(max_length=40, required=False)

    class CertificateFilters(django_filters.FilterSet):         # usually in tables.py: page and API
        person = PublicIdFilter(Person, "person")               # ?person=per_…
        expires_on__lte = django_filters.DateFilter(field_name="expires_on", lookup_expr="lte")

        class Meta:
            model = Certificate
            fields = ["number"]

    class Certificates(Resource):
        \"\"\"Numbered proofs of passed exams.\"\"\"              # the text in the reference

        model = Certificate
        capabilities = {"GET": "certificates.read", "POST": "certificates.record",
                        "revoke": "certificates.revoke"}        # method or action -> capability
        fields = {                                  # name -> column path or Out; the order is kept
            "id": PublicId(),                       # "crt_…"
            "number": "number",
            "person": Nested("person", id=PublicId(), name="name"),      # paths inside: relative
            "track": Nested("track", id=PublicId(), code="code"),
            "expires_on": Value("expires_on", help="First day on which it no longer counts."),
            "updated_at": "updated_at",
        }
        expandable = {"person": Nested("person", id=PublicId(), name="name", email="email")}
        sorts = {"expires_on": "expires_on"}        # ?sort=-expires_on
        updated = "updated_at"                      # makes ?updated_since= work
        filterset_class = CertificateFilters
        inputs = {"create": CertificateInput, "revoke": RevokeInput}

        def create(self, request):                  # POST /certificates
            return self.created(record_result(**self.read(request)))     # the action writes

        def partial_update(self, request, id):      # PATCH /certificates/{id}, with If-Match
            with self.changing(request, id) as row:
                return self.shown(update_certificate(row, **self.read(request)))

        @action(detail=True, methods=["post"])      # rest_framework.decorators.action
        def revoke(self, request, id):              # POST /certificates/{id}/revoke
            row = revoke_certificate(self.found(id), **self.read(request))
            return self.shown(row)

    register_routes("certificates", Certificates)

What follows by itself: token, scope and capability (deny by default); one SQL statement per list or
item; cursor pages, ``limit``, ``sort``, ``fields``, ``expand``, ``include=total``; 400 for unknown
parameters; ETag, 304; Idempotency-Key on every POST; ``Refused`` from an action as a 409 with
``blockers``; the OpenAPI document. Hold to these:

- Write only by calling actions. Answer with ``created``, ``shown`` or ``answered(any JSON)``; where
  the answer is not the item, say its schema: ``outputs = {"preview": SomeSerializer}``.
- ``get_queryset()`` (default: ``model.objects.all()``) may depend on the scope and the vendor's
  day, nothing else: statements are remembered under those.
- A value that is no column: ``Value(expression, schema={"type": "string"})``; expressions are
  rooted at the resource's model. Money is ``Money("amount", "currency")``.
- A view that is no list: ``class V(ScopedView, APIView)`` with ``capabilities`` and
  ``register_view("authorizations/preview", V.as_view())``, documented by ``@extend_schema``.
- Tests: ``api_of(vendor, "certificates.read")`` in ``tests/api.py``.
"""
