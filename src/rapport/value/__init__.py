"""What customers will buy and be worth: purchase models, spend model, holdout, intervals.

All times inside are days and carry it in their name; a person's unit (week, month) is used only to
print parameters. `histories` reads transactions, `purchases` and `spend` hold the models, `maximum`
fits them, `choice` picks one by an inner holdout, `forecast` says what each customer will do.
"""
