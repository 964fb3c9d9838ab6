"""What an execution's input says, checked and made whole: settings, photos, backdrops."""
