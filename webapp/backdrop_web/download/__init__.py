"""A job's finished images as one ZIP file: streamed through this server, a few images' bytes on disk at a time.

Through the server and not in the browser: every browser then saves it as it saves any file, on a phone too, with its
own progress and without holding it in memory, and the bucket needs no CORS rule for reading.
"""
