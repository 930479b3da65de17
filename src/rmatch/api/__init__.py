"""The verbs: each reads like the picture, people, model, proof, answer."""
