"""What a trainee did and what is left: the numbers, the words, the pages."""
