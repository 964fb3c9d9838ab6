"""One module a page; each has a function `render` that the entry file hands to Streamlit."""
