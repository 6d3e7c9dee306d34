"""An example: TensorBoard beside an experiment."""
