"""Reference data as people fill it in, on screen and in registry workbooks: declared tables into models, and back."""
