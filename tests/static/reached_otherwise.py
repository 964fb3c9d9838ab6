"""What nothing in our code calls by name, and who uses it all the same. `make lint` finds everything else (vulture).

Add a name here only with its reason; a name without one is dead code.
"""

# Called by the library that the class is made for: click, rich, http.server, zipfile, pickle, ONNX Runtime, pydantic.
sheet_template, explain_command  # click
format_options  # click.Command
render  # rich.ProgressColumn
on_broken_pipe  # rich.Console
do_GET, do_POST, log_message, daemon_threads, request_queue_size  # http.server
protocol_version, server_version, close_connection  # http.server
find_class, persistent_load  # pickle.Unpickler
find_spec  # import, of what stands in sys.meta_path
seekable, writable  # zipfile asks the file that it writes to
model_config, __pydantic_config__  # pydantic
trace  # the third argument of `__exit__`

# Set for the library that reads it.
AUX_IMAGES, DEPTH_IMAGES, THUMBNAILS  # pi_heif
MAX_IMAGE_PIXELS, READ_LIBTIFF  # Pillow
create_system, external_attr, compress_type, file_size  # zipfile.ZipInfo
intra_op_num_threads, inter_op_num_threads, enable_cpu_mem_arena, enable_mem_pattern, ir_version  # ONNX and its runtime
tempdir  # tempfile

# Put in the place of a private name of MiniStack (local/localcloud/emulator/patches, guarded by tests).
(
    _dispatch_to_lambda,
    _tick_scheduled_rules,
    _wants_email_delivery,
    _run_distributed_map,
    _run_execution,
    _run_sub_machine,
    _error_matches,
    _scaled_sleep,
)

# Found by name: models/registry.py, the state machine's input, the API's answers as JSON.
BUILT_IN_MODEL, NOVA_CANVAS, STABILITY_INPAINT, STABILITY_SEARCH_REPLACE, TITAN_V1, TITAN_V2
InputS3Prefix, OutputS3Prefix, StatusS3Prefix
wanted_concurrent_executions, largest_memory_mb
output_sha256  # of a row as it is stored
picture_url  # of a backdrop, for clients that show it large
answer_sha256, painted_at  # of a recipe, for whoever asks how a backdrop came to be

# For those who use the client in programs of their own (docs/command.md).
delete_mask
post_cut_out

# For tests: the local cloud's user, queue and certificate authority; facts of the catalogue that no page confirms.
demo_token, dead_letter_queue_url, authority, unverified
