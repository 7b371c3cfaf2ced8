"""The domain of percutaneous bone ablation and its algorithms. No Qt, VTK, SimpleITK or pydicom."""
