"""What runs, held against what is reviewed: plan, apply, drift, backtest, shadow and noise."""
