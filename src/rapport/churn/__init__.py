"""Who will stay away, how far that was right, and what those who left had met with.

`model` is a logistic regression for any table, `rivals` what it has to beat, `assessment` compares
them on a holdout, `causes` compares customers who left with customers who stayed.
"""
