"""The HTTP dialects: three vocabularies over the same commands and queries. The URL names the file."""
