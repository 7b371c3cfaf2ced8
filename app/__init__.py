"""The workstation: Qt window, VTK rendering and command line, a thin layer over planning and imaging."""
