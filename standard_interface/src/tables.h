/* Made by standard_interface/generate.py from the declaration of the card; do not edit. */

#ifndef RHC_TABLES_H
#define RHC_TABLES_H

#include "model.h"

enum rhc_file_name {
    RHC_DDF1_EF05,
    RHC_DDF1_EF06,
    RHC_DDF1_EF07,
    RHC_DDF1_EF08,
    RHC_DF01_EF05,
    RHC_DF01_EF06,
    RHC_DF01_EF07,
    RHC_DF01_EF08,
    RHC_DF02_EF05,
    RHC_DF02_EF06,
    RHC_DF02_EF07,
    RHC_DF02_EF08,
    RHC_DF03_EF05,
    RHC_DF03_EF06,
    RHC_DF03_EE,
    RHC_DF03_ED,
    RHC_FILES
};

#define RHC_ITEMS_DDF1_EF05 10
#define RHC_ITEMS_DDF1_EF06 5
#define RHC_ITEMS_DDF1_EF07 0
#define RHC_ITEMS_DDF1_EF08 6
#define RHC_ITEMS_DF01_EF05 4
#define RHC_ITEMS_DF01_EF06 9
#define RHC_ITEMS_DF01_EF07 3
#define RHC_ITEMS_DF01_EF08 4
#define RHC_ITEMS_DF02_EF05 15
#define RHC_ITEMS_DF02_EF06 1
#define RHC_ITEMS_DF02_EF07 2
#define RHC_ITEMS_DF02_EF08 2
#define RHC_ITEMS_DF03_EF05 1
#define RHC_ITEMS_DF03_EF06 1
#define RHC_ITEMS_DF03_EE 147
#define RHC_ITEMS_DF03_ED 170

extern const struct rhc_file rhc_files[RHC_FILES];

#endif
