"""Official papers (公文和执法文书): one document model, laid out by GB/T 9704-2012, out as DOCX and PDF."""
