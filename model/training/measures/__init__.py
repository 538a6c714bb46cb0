"""What was found against what is there: COCO's measures, Pascal VOC's, thresholds, confusion."""
