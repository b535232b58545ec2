"""From a plan file to activities, doses and limits of every product and model."""
