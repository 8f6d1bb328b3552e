"""The problems of the gallery: does `auto` reach answers that others give, and how soon?"""
