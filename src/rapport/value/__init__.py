"""What customers will buy and be worth: purchase models, spend model, holdout, intervals.

All times inside are days and carry it in their name; a person's unit (week, month) is used only to
print parameters. `transactions` reads files and `facts` the warehouse, `purchases` and `spend` hold
the models, `maximum` fits them, `choice` picks one by an inner holdout, `forecast` says what each
customer will do. `assessment` takes all these steps for `rapport clv fit`, `run` for a build.
"""
