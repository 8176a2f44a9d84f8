//! Vortex segments: writing them and scanning them.
