"""`backdrop cost`: what a job and a month cost on AWS, counted before anything is deployed."""
