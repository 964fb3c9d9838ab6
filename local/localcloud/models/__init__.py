"""Stand-ins for the Amazon Bedrock image models and Rekognition, on a laptop.

A small segmentation network finds the subject, a classifier names it, and a procedural renderer paints the
new background from the prompt and the seed. It is a renderer, not a diffusion model, and says so.
"""
