"""What tasks take up while they run: who grants it, here or in a service outside, and how it is given back."""
