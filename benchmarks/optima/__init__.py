"""Problems whose optimum is known: is the word of the solvers true?"""
