"""The one API object: auth, refusals, paging, idempotency; everything else comes from the registry."""
