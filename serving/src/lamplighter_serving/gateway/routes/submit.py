"""POST /v1/jobs: takes a document and what to read of it, and puts a job into the queue."""

from starlette.requests import Request
from starlette.responses import Response

from ..envelope import note
from ..parts import GatewayParts
from ..spool import Spool
from ..submission import new_job
from ..upload import read_upload, spool_failed
from ..wire import job_json
from .route import Handler, json_response


def submission(parts: GatewayParts) -> Handler:
    """The handler."""

    async def submit(request: Request, tenant: str) -> Response:
        settings = parts.settings
        await parts.quotas.job(tenant)
        with parts.budget.hold(tenant) as hold, Spool(settings.spool_dir) as spool:
            form = await read_upload(request, spool, hold, max_document_bytes=settings.max_document_bytes)
            new = new_job(
                form,
                document_digest=spool.digest,
                tenant=tenant,
                idempotency_key=request.headers.get("idempotency-key"),
                catalog=parts.catalog,
            )
            try:
                document = await spool.content()
            except OSError as error:
                raise spool_failed() from error
            submitted = await parts.store.submit(new, document)
        job = submitted.job
        content = job_json(job)
        if submitted.created:
            parts.quotas.submitted(tenant, job.document_bytes)
            note(request, "job-submitted", job=content["id"], tenant=tenant, worker=job.worker, bytes=job.document_bytes)
        status = 202 if submitted.created else 200
        return json_response(content, status=status, headers={"location": f"/v1/jobs/{content['id']}"})

    return submit
