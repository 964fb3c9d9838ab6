"""Pictures with true masks that no rule of the cut-out was made on, and what the cut-out makes of them."""
