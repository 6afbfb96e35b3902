"""Pages of documents, tasks and what stands beside them."""
