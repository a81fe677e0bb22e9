"""What is stored in MongoDB. Each noun has one store, which makes its writes atomic."""
