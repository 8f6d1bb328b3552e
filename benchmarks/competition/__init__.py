"""`auto` against every single method: who is right, and how soon?"""
