"""What is shown of runs: lines while they last, pictures and tables of what they did."""
