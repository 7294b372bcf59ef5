"""POST /v1/jobs: takes a document and what to read of it, and puts a job into the queue."""

from starlette.requests import Request
from starlette.responses import Response

from ..envelope import note
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..spool import Spool
from ..submission import new_job
from ..upload import read_upload, spool_failed
from ..webhooks.address import parse_target
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
            await _check_webhook(parts, tenant, new.webhook)
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


async def _check_webhook(parts: GatewayParts, tenant: str, webhook: str | None) -> None:
    """Raises `WebhookRefused` for an address that may not be told, and `RequestRefused` where nothing could sign it."""
    if webhook is None:
        return
    parse_target(webhook, parts.settings.webhook_networks)
    if parts.webhooks is None or not await parts.webhooks.has_secret(tenant):
        raise RequestRefused(
            422,
            "webhook-unsigned",
            "The tenant has no secret that would sign its webhooks.",
            hint=f"The operator makes one: lamplighter-gateway webhooks secret {tenant}.",
        )
