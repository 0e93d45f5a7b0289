"""A coalition's promises, as the Ukraine Support Tracker records them, made into a planning problem.

The tables beside this module hold what people decided: which item a row of the tracker means, which rows are left out
and why, places, lanes, needs and courses. The modules only put them together.
"""
