"""From numbers to a plan and its proof."""
